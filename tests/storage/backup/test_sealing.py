import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.backup import sealing
from storage.backup.errors import BackupError

KEY = b"a sample key of a backup, long enough"
SEAL = sealing.new_seal(KEY)
sizes = st.sampled_from([0, 1, sealing.CHUNK - 1, sealing.CHUNK, sealing.CHUNK + 1, 3 * sealing.CHUNK])


def sealed(plain: bytes, pieces: int = 1) -> bytes:
    out = io.BytesIO()
    writer = sealing.SealedWriter(out, SEAL, "body")
    step = max(1, -(-len(plain) // pieces))
    for start in range(0, len(plain), step):
        writer.write(plain[start : start + step])
    writer.finish()
    return out.getvalue()


def opened(written: bytes, size: int, seal: sealing.Seal = SEAL, stream: str = "body") -> bytes:
    return sealing.unsealed(io.BytesIO(written), seal, stream, size, "x.backup").read()


@given(sizes, st.integers(1, 7))
@settings(deadline=None, max_examples=40)
def test_what_is_sealed_opens(size: int, pieces: int) -> None:
    plain = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    written = sealed(plain, pieces)
    assert len(written) == sealing.sealed_size(size)
    assert opened(written, size) == plain
    assert size < 16 or plain[:16] not in written


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_any_flipped_bit_is_found_and_its_place_told(data: st.DataObject) -> None:
    size = data.draw(sizes)
    written = bytearray(sealed(b"x" * size))
    place = data.draw(st.integers(0, len(written) - 1))
    written[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(BackupError) as found:
        opened(bytes(written), size)
    start, end = found.value.params["start"], found.value.params["end"]
    assert isinstance(start, int)
    assert isinstance(end, int)
    assert start <= place <= end
    assert end - start < sealing.CHUNK + sealing.TAG


@given(st.integers(1, 3 * sealing.CHUNK))
@settings(deadline=None, max_examples=30)
def test_a_cut_stream_does_not_open(cut: int) -> None:
    size = 3 * sealing.CHUNK
    with pytest.raises(BackupError, match="backup_damaged"):
        opened(sealed(b"x" * size)[:-cut], size)


def test_a_stream_cut_at_a_chunk_does_not_pass_for_a_shorter_one() -> None:
    written = sealed(b"x" * 2 * sealing.CHUNK)[: sealing.CHUNK + sealing.TAG]
    with pytest.raises(BackupError, match="backup_damaged"):
        opened(written, sealing.CHUNK)


def test_chunks_and_streams_cannot_be_exchanged() -> None:
    one, size = sealing.CHUNK + sealing.TAG, 3 * sealing.CHUNK
    written = sealed(b"x" * size)
    with pytest.raises(BackupError, match="backup_damaged"):
        opened(written[one : 2 * one] + written[:one] + written[2 * one :], size)
    with pytest.raises(BackupError, match="backup_damaged"):
        opened(written, size, stream="manifest")
    with pytest.raises(BackupError, match="backup_damaged"):
        opened(written, size, seal=sealing.new_seal(KEY))


def test_the_head_tells_a_wrong_key_from_damage() -> None:
    assert sealing.open_seal(io.BytesIO(SEAL.header), KEY, "x") == SEAL
    with pytest.raises(BackupError, match="backup_key_wrong"):
        sealing.open_seal(io.BytesIO(SEAL.header), KEY + b"!", "x")
    for place in range(len(sealing.MAGIC), sealing.HEADER):
        changed = bytearray(SEAL.header)
        changed[place] ^= 0x40
        with pytest.raises(BackupError, match="backup_header_damaged"):
            sealing.open_seal(io.BytesIO(bytes(changed)), KEY, "x")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04" * 100, b"no"])
def test_another_file_is_told(content: bytes) -> None:
    with pytest.raises(BackupError, match="backup_none"):
        sealing.open_seal(io.BytesIO(content), KEY, "x")


def test_a_file_that_ends_in_its_head_is_told() -> None:
    with pytest.raises(BackupError, match="backup_truncated"):
        sealing.open_seal(io.BytesIO(SEAL.header[:30]), KEY, "x")
