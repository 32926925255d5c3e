//! The threads: one job at a time, its pieces claimed one by one, so that a thread that the system holds up holds up no
//! more than its own piece.

use core::cell::UnsafeCell;
use core::ops::Range;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst};

use super::wait;

/// Looks at a number that is about to change before a thread goes to sleep: some 50 microseconds. Within a layer the next
/// job comes sooner, and waking up costs as much.
const LOOKS: u32 = 30_000;

/// In [`Pool::gate`], beside the number of threads inside: whether more may enter.
const OPEN: u32 = 1 << 31;

struct Job {
    /// `work(data, range)`; `data` lives until the gate is closed and everybody has left.
    work: unsafe fn(*const (), Range<usize>),
    data: *const (),
    count: usize,
    piece: usize,
    /// Bytes of memory when the job was made.
    memory: usize,
}

struct Pool {
    job: UnsafeCell<Option<Job>>,
    /// First row that nobody has claimed yet.
    next: AtomicUsize,
    gate: AtomicU32,
    /// Changes whenever there is something to do; idle threads sleep on it.
    signal: AtomicU32,
    sleepers: AtomicU32,
    /// Threads that serve.
    servers: AtomicU32,
    /// Servers of an earlier number leave.
    generation: AtomicU32,
    /// Whether somebody runs a job: another one, from within it, runs alone.
    busy: AtomicBool,
    /// Whether the caller's thread may sleep: a page's own may not.
    may_wait: AtomicBool,
    /// Not 0 once a thread has ended in the middle of its work.
    failed: AtomicU32,
}

// SAFETY: `job` is written only while the gate is closed and nobody is inside, and read only inside.
unsafe impl Sync for Pool {}

static POOL: Pool = Pool {
    job: UnsafeCell::new(None),
    next: AtomicUsize::new(0),
    gate: AtomicU32::new(0),
    signal: AtomicU32::new(0),
    sleepers: AtomicU32::new(0),
    servers: AtomicU32::new(0),
    generation: AtomicU32::new(0),
    busy: AtomicBool::new(false),
    may_wait: AtomicBool::new(false),
    failed: AtomicU32::new(0),
};

/// Threads that take part in a job, the caller's included.
fn threads() -> usize {
    POOL.servers.load(SeqCst) as usize + 1
}

/// Call `work` with ranges that cover `0..count` once, `piece` rows each, on all threads; return when all is done.
///
/// # Panics
/// When another thread has failed.
pub(super) fn run<W: Fn(Range<usize>) + Sync>(count: usize, piece: usize, work: &W) {
    unsafe fn call<W: Fn(Range<usize>)>(data: *const (), range: Range<usize>) {
        // SAFETY: `data` is the `&W` below, which outlives the job.
        unsafe { (*data.cast::<W>())(range) }
    }
    if count <= piece || threads() == 1 || POOL.busy.swap(true, SeqCst) {
        return work(0..count);
    }
    let job = Job {
        work: call::<W>,
        data: core::ptr::from_ref(work).cast(),
        count,
        piece,
        memory: wait::memory(),
    };
    // SAFETY: `busy` makes this the only caller, and the gate is closed with nobody inside.
    unsafe { *POOL.job.get() = Some(job) };
    POOL.next.store(0, SeqCst);
    wait::reserve_memory();
    POOL.gate.store(OPEN, SeqCst);
    let closing = Closing;
    POOL.signal();
    POOL.claim();
    drop(closing);
    assert!(
        POOL.failed.load(SeqCst) == 0,
        "a thread of the pool has failed"
    );
}

/// Closes the gate and waits until everybody has left, whichever way the caller goes.
struct Closing;

impl Drop for Closing {
    fn drop(&mut self) {
        POOL.gate.fetch_and(!OPEN, SeqCst);
        wait_until_left();
        POOL.busy.store(false, SeqCst);
    }
}

/// Wait until nobody is inside, or never will be again. Apart, and by statics alone: see [`wait::reserve_memory`].
#[inline(never)]
fn wait_until_left() {
    let mut looks = 0;
    loop {
        let inside = POOL.gate.load(SeqCst);
        if inside == 0 || POOL.failed.load(SeqCst) != 0 {
            return;
        }
        looks += 1;
        if looks > LOOKS && POOL.may_wait.load(SeqCst) {
            wait::sleep(&POOL.gate, inside);
        } else {
            core::hint::spin_loop();
        }
    }
}

impl Pool {
    fn signal(&self) {
        self.signal.fetch_add(1, SeqCst);
        if self.sleepers.load(SeqCst) > 0 {
            wait::wake_all(&self.signal);
        }
    }

    /// Work until nothing is left to claim; only for the caller, and inside the gate.
    fn claim(&self) {
        // SAFETY: see the field; whoever is here keeps the job from being replaced.
        let Some(job) = (unsafe { &*self.job.get() }) else {
            return;
        };
        wait::for_memory(job.memory);
        loop {
            let first = self.next.fetch_add(job.piece, SeqCst);
            if first >= job.count {
                return;
            }
            let range = first..job.count.min(first + job.piece);
            // SAFETY: the data lives as long as the job.
            unsafe { (job.work)(job.data, range) };
        }
    }

    /// Enter if the gate is open.
    fn enter(&self) -> Option<Inside> {
        let enter = |gate: u32| (gate & OPEN != 0).then_some(gate + 1);
        let entered = self.gate.fetch_update(SeqCst, SeqCst, enter);
        entered.ok().map(|_| Inside)
    }
}

/// A server inside the gate.
struct Inside;

impl Drop for Inside {
    fn drop(&mut self) {
        if std::thread::panicking() {
            POOL.failed.store(1, SeqCst);
        }
        if POOL.gate.fetch_sub(1, SeqCst) == 1 {
            wait::wake_all(&POOL.gate);
        }
    }
}

/// Look for a while whether there is something to do; apart as [`wait_until_left`] is.
#[inline(never)]
fn look_at_signal(seen: u32) {
    let mut looks = 0;
    while POOL.signal.load(SeqCst) == seen && looks < LOOKS {
        looks += 1;
        core::hint::spin_loop();
    }
}

/// Be one of the threads until [`stop`].
pub fn serve() {
    let generation = POOL.generation.load(SeqCst);
    POOL.servers.fetch_add(1, SeqCst);
    let mut seen = POOL.signal.load(SeqCst);
    while POOL.generation.load(SeqCst) == generation {
        if let Some(_inside) = POOL.enter() {
            POOL.claim();
        }
        look_at_signal(seen);
        if POOL.signal.load(SeqCst) == seen && POOL.generation.load(SeqCst) == generation {
            POOL.sleepers.fetch_add(1, SeqCst);
            wait::sleep(&POOL.signal, seen);
            POOL.sleepers.fetch_sub(1, SeqCst);
        }
        seen = POOL.signal.load(SeqCst);
    }
    POOL.servers.fetch_sub(1, SeqCst);
}

/// Let all that [`serve`] return.
pub fn stop() {
    POOL.generation.fetch_add(1, SeqCst);
    POOL.signal();
}

/// Say whether the thread that calls kernels may sleep.
pub fn set_may_wait(may_wait: bool) {
    POOL.may_wait.store(may_wait, SeqCst);
}

/// The address of a word that is to be set to 1, and of another that is to be woken afterwards, by the host of a thread
/// whose [`serve`] has trapped: whoever waits for that thread gives up then.
pub fn failure_flag() -> (*const u32, *const u32) {
    (POOL.failed.as_ptr(), POOL.gate.as_ptr())
}
