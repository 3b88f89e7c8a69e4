"""What may stand in devices.csv? The devices that stand in the stores. Next: master_files.py, load_devices.py."""

from typing import Final

from exchange.master_rows import Column, Table
from exchange.shape_check import code
from workflows.device_register import RegisteredDevice

_KEY = Column(code(64), required=True, filled=True)

DEVICES: Final = Table(
    RegisteredDevice, {"store": _KEY, "article": _KEY, "serial_number": _KEY}, ("article", "serial_number")
)
