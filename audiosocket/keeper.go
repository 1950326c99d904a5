package audiosocket

import "time"

// watch counts what the program's tick does with the Conn.
type watch struct {
	reads, writes uint64
}

// keepAfter is how many ticks without a read or write make the keeper step in,
// once the program has begun.
const keepAfter = 3

// keeper is a Ticker that keeps a session's wire alive while its program does
// not: before it has put the Stream on a clock, and when it is stuck. It sends
// the silence that the peer waits for and reads what comes, because a peer
// that is not read gives the call up.
type keeper struct {
	conn          *Conn
	reads, writes uint64 // as seen in the tick before
	unread, mute  int    // ticks without
	frame         []int16
}

func newKeeper(c *Conn) *keeper {
	return &keeper{conn: c, unread: keepAfter, mute: keepAfter, frame: make([]int16, c.in.frame)}
}

// Tick implements media.Ticker. It leaves the clock when the Conn is closed.
func (k *keeper) Tick(time.Duration) bool {
	c := k.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	if k.unread++; c.reads != k.reads {
		k.reads, k.unread = c.reads, 0
	}
	if k.mute++; c.writes != k.writes {
		k.writes, k.mute = c.writes, 0
	}
	if k.unread > keepAfter {
		c.drain()
		if c.in.room() <= 0 {
			c.in.take(k.frame) // the oldest makes room
		}
	}
	if k.mute > keepAfter {
		c.say(nil, true)
	}
	return true
}
