"""The bare requests of the service's own library: ``python -m tests.bench.sdk URL PAUSE``, in a venv that has it.

It asks until it is killed, over one connection that is kept, as the screen keeps its own, and rests between two
requests, since a processor that has done something else meanwhile takes longer: the screen asks at a pace too.
"""

import itertools
import sys
import time


def main(url: str, pause: float) -> None:
    from huaweicloudsdkcore.auth.credentials import BasicCredentials  # type: ignore[import-not-found] # only in its own venv
    from huaweicloudsdkoms.v2 import OmsClient, ShowSyncTaskRequest  # type: ignore[import-not-found] # the same

    credentials = BasicCredentials("bench-access-key", "bench-secret-key", "0" * 32)
    client = OmsClient.new_builder().with_credentials(credentials).with_endpoint(url).build()
    for number in itertools.count():
        task = f"0d146099-8cf4-437d-b6ef-{number:012x}"
        client.show_sync_task(ShowSyncTaskRequest(sync_task_id=task, query_time=str(time.time_ns() // 1_000_000)))
        time.sleep(pause)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
