"""The fleet's view: message schema, durable outbox, MQTT client, health."""
