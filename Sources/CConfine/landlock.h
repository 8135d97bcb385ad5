#pragma once

/// Denies this thread, and those that it makes, all that this kernel's Landlock can deny. Returns 0, also where there is no
/// Landlock, or an errno. Wants no_new_privs, and a free descriptor for a moment.
int satchel_enter_landlock(void);
