//! What a power failure leaves of content that was written and not made durable.

use crate::Random;

/// The unit in which a disk writes: a torn file is a mixture of whole sectors.
const SECTOR_BYTES: usize = 512;

/// What is found afterwards of a file that held `written` and last made `synced` durable: the old, the new, or sectors of both,
/// cut anywhere between the two lengths; sectors that were never written read as zeros.
pub(super) fn survivor(written: &[u8], synced: &[u8], random: &dyn Random) -> Vec<u8> {
    if written == synced {
        return synced.to_vec();
    }
    match below(random, 4) {
        0 => synced.to_vec(),
        1 => written.to_vec(),
        _ => mixture(written, synced, random),
    }
}

fn mixture(written: &[u8], synced: &[u8], random: &dyn Random) -> Vec<u8> {
    let (shorter, longer) = (written.len().min(synced.len()), written.len().max(synced.len()));
    let length = shorter + below(random, longer - shorter + 1);
    let mut found = synced.to_vec();
    found.resize(length, 0);
    for (sector, new) in found.chunks_mut(SECTOR_BYTES).zip(written.chunks(SECTOR_BYTES)) {
        if below(random, 2) == 0 {
            sector.iter_mut().zip(new).for_each(|(byte, new)| *byte = *new);
        }
    }
    found
}

/// A number below `bound`; zero for a bound of zero.
pub(super) fn below(random: &dyn Random, bound: usize) -> usize {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    usize::from_le_bytes(bytes).checked_rem(bound).unwrap_or(0)
}
