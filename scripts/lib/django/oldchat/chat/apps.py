from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "oldchat.chat"
    label = "chat"
