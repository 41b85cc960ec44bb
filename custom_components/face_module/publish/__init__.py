"""What other houses see of a module, through Home Assistant's own MQTT integration."""
