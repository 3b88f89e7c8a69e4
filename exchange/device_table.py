"""What may stand in devices.csv? The devices that stand in the stores. Next: master_files.py, load_devices.py."""

from typing import Final, NamedTuple

from exchange.master_rows import Column, Table
from exchange.shape_check import code
from workflows.device_register import RegisteredDevice

DEVICES_FILE: Final = "devices.csv"

_KEY = Column(code(64), required=True, filled=True)


class DeviceRow(NamedTuple):
    """One device as the file says it; `row_no` is where."""

    row_no: int
    store: str
    article: str
    serial_number: str

    @property
    def device(self) -> RegisteredDevice:
        """What is to be registered."""
        return RegisteredDevice(self.store, self.article, self.serial_number)


DEVICES: Final = Table(
    DeviceRow, {"store": _KEY, "article": _KEY, "serial_number": _KEY}, ("article", "serial_number"), numbered=True
)
