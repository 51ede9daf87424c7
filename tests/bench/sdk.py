"""What the service's own library takes for the bare request: ``python -m tests.bench.sdk URL COUNT PAUSE``.

Run in a venv with it, it prints the processor's time in seconds for each request: of this process alone, as the
screen's is measured, over one connection that is kept, as the screen keeps its own. It rests between two requests,
since a processor that has done something else meanwhile takes longer: the screen asks at a pace too.
"""

import sys
import time


def main(url: str, count: int, pause: float) -> None:
    from huaweicloudsdkcore.auth.credentials import BasicCredentials  # type: ignore[import-not-found] # only in its own venv
    from huaweicloudsdkoms.v2 import OmsClient, ShowSyncTaskRequest  # type: ignore[import-not-found] # the same

    credentials = BasicCredentials("bench-access-key", "bench-secret-key", "0" * 32)
    client = OmsClient.new_builder().with_credentials(credentials).with_endpoint(url).build()
    begun = 0.0
    for number in range(-20, count):
        if number == 0:  # the first ones import and connect
            begun = time.process_time()
        task = f"0d146099-8cf4-437d-b6ef-{abs(number):012x}"
        client.show_sync_task(ShowSyncTaskRequest(sync_task_id=task, query_time=str(time.time_ns() // 1_000_000)))
        time.sleep(pause)
    print((time.process_time() - begun) / count)  # noqa: T201 - who started it reads it


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
