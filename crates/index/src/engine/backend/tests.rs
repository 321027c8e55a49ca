use std::sync::atomic::AtomicUsize;

use redb::StorageBackend as _;

use super::*;

/// Counts what it is asked for, and keeps nothing.
#[derive(Default)]
struct Counting {
    begun: AtomicUsize,
    written: AtomicUsize,
}

impl File for Counting {
    fn read_at(&self, _offset_bytes: u64, _buffer: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }

    fn write_at(&self, _offset_bytes: u64, _buffer: &[u8]) -> io::Result<()> {
        self.written.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        Ok(0)
    }

    fn set_length(&self, _length_bytes: u64) -> io::Result<()> {
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn begin_sync(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn the_disk_is_asked_to_begin_whenever_enough_was_written() {
    let file = Arc::new(Counting::default());
    let backend = FileBackend::new(Arc::clone(&file) as Arc<dyn File>, Latch::default());
    let page = vec![1; usize::try_from(PAGE_BYTES).unwrap()];
    for number in 0..96 {
        backend.write(number * PAGE_BYTES, &page).unwrap();
        assert_eq!(file.begun.load(Ordering::Relaxed) as u64, (number + 1) / 32);
    }
    backend.write(0, &vec![1; 10 << 20]).unwrap();
    assert_eq!(file.begun.load(Ordering::Relaxed), 4, "once for a write, however long");
}

#[test]
fn a_database_that_is_given_up_writes_nothing() {
    let (file, latch) = (Arc::new(Counting::default()), Latch::default());
    let backend = FileBackend::new(Arc::clone(&file) as Arc<dyn File>, latch.clone());
    latch.shut();
    assert!(backend.write(0, &[1]).is_err() && backend.set_len(1).is_err() && backend.sync_data().is_err());
    assert_eq!(file.written.load(Ordering::Relaxed), 0);
}
