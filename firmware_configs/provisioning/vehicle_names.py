"""How the files in a vehicle are called."""

AUTHORITY = "ca.pem"
CERTIFICATE = "vehicle.pem"
KEY = "vehicle.key"
NEXT_KEY = "next.key"  # waits for its certificate
REQUEST = "vehicle.csr"
SETTINGS = "vigil.yaml"
