from django.core.files.storage import FileSystemStorage


class AsNamedStorage(FileSystemStorage):
    """Keeps the names that people give, where Django's own makes them plain; some projects do so."""

    def get_valid_name(self, name):
        return name
