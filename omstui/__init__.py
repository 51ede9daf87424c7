"""A terminal screen that watches Huawei Cloud OMS synchronization tasks."""

__version__ = "0.1.0"
