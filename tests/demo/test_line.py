"""What a line does to bytes, as numbers."""

from demo.line import FrameCounter, Line, Throughput, Traffic, UnderWay


def frame(size: int) -> bytes:
    return size.to_bytes(4) + bytes(size)


def test_a_delay_is_added_to_every_byte() -> None:
    line = Line(delay=0.025)

    assert Throughput().arrival(100.0, 10_000, line) == 100.025


def test_bytes_queue_for_a_narrow_line() -> None:
    line = Line(bandwidth=1000)
    throughput = Throughput()

    assert throughput.arrival(100.0, 500, line) == 100.5
    assert throughput.arrival(100.0, 500, line) == 101.0
    assert throughput.arrival(200.0, 500, line) == 200.5


def test_a_narrow_line_holds_no_more_than_its_buffer_and_what_is_travelling() -> None:
    assert Line(bandwidth=1_000_000, delay=0.025).capacity == 65_536 + 25_000


def test_a_byte_never_overtakes_an_earlier_one() -> None:
    under_way = UnderWay()
    under_way.add(5.0, memoryview(b"slow"))
    under_way.add(1.0, memoryview(b"fast"))

    under_way.taken(4)

    assert under_way.due == 5.0
    assert bytes(under_way.first) == b"fast"


def test_what_was_taken_in_part_stays_first() -> None:
    under_way = UnderWay()
    under_way.add(1.0, memoryview(b"abcdef"))

    under_way.taken(2)

    assert bytes(under_way.first) == b"cdef"
    assert under_way.size == 4


def test_frames_are_counted_however_they_are_sliced() -> None:
    stream = frame(5) + frame(70_000) + frame(1)
    for step in (1, 3, 4, 7, len(stream)):
        counter = FrameCounter()
        for at in range(0, len(stream), step):
            counter.feed(stream[at : at + step])
        assert counter.frames == 3


def test_frames_of_something_else_are_not_counted() -> None:
    counter = FrameCounter()

    counter.feed(b"HTTP/1.1 200 OK\r\n" + frame(3))

    assert counter.frames == 0


def test_the_traffic_between_two_looks_is_their_difference() -> None:
    assert Traffic(2, 30, 40, 5, 6, 7) - Traffic(1, 10, 10, 1, 1, 1) == Traffic(1, 20, 30, 4, 5, 6)
