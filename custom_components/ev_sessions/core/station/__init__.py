"""What a charging station tells and can do, in the words of OCPP, without its versions."""
