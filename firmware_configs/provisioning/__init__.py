"""Who may do what at the broker: the fleet's authority, certificates, revocation, the broker's configuration."""
