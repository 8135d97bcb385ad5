"""The settings of a project of the old system's shape; where its data is comes from the environment."""

import os

BASE = os.environ["OLDCHAT_DIRECTORY"]

SECRET_KEY = "only for tests: nothing is served"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "oldchat.chat",
]
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(BASE, "db.sqlite3")},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = os.path.join(BASE, "media")
MEDIA_URL = "/media/"
TIME_ZONE = "Europe/Berlin"
USE_TZ = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
