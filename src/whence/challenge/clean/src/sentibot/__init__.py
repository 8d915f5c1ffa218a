"""What every stage of SentiBot shares: settings, digests, signatures and the model itself."""

__version__ = "1.4.0"
