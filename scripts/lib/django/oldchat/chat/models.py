"""The tables of the old system: chat_conversation, chat_conversation_participants, chat_message, chat_attachment, chat_activity."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from .storage import AsNamedStorage


def by_day(folder):
    def path(attachment, name):
        return f"{folder}/{attachment.uploaded_at:%Y/%m/%d}/{name}"

    return path


class Conversation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participants = models.ManyToManyField(settings.AUTH_USER_MODEL)


class Message(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE)
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    text = models.TextField(blank=True)


class Attachment(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    file = models.FileField(upload_to=by_day("attachments"), max_length=500, storage=AsNamedStorage())
    file_name = models.CharField(max_length=255)
    file_type = models.CharField(max_length=20, db_index=True)
    file_size = models.BigIntegerField()
    mime_type = models.CharField(max_length=100)
    duration = models.IntegerField(null=True, blank=True)
    thumbnail = models.FileField(upload_to=by_day("thumbnails"), max_length=500, null=True, blank=True)
    width = models.IntegerField(null=True, blank=True)
    height = models.IntegerField(null=True, blank=True)
    bitrate = models.IntegerField(null=True, blank=True)
    codec = models.CharField(max_length=50, blank=True)
    uploaded_at = models.DateTimeField(default=timezone.now, db_index=True)


class Activity(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    action = models.CharField(max_length=50)
    description = models.TextField(blank=True)
    ip_address = models.GenericIPAddressField(null=True)
    user_agent = models.TextField(blank=True)
    timestamp = models.DateTimeField(default=timezone.now)
