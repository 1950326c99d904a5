package media

// DigitQueueSize is how many digits a DigitQueue holds.
const DigitQueueSize = 32

// DigitQueue is a bounded queue of digits. The zero value is empty.
type DigitQueue struct {
	digits     [DigitQueueSize]Digit
	head, size int
}

// Push appends d; it reports false if the queue is full.
func (q *DigitQueue) Push(d Digit) bool {
	if q.size == DigitQueueSize {
		return false
	}
	q.digits[(q.head+q.size)%DigitQueueSize] = d
	q.size++
	return true
}

// Len returns how many digits wait.
func (q *DigitQueue) Len() int { return q.size }

// Pop takes the oldest; ok is false if there is none.
func (q *DigitQueue) Pop() (d Digit, ok bool) {
	if q.size == 0 {
		return Digit{}, false
	}
	d = q.digits[q.head]
	q.head = (q.head + 1) % DigitQueueSize
	q.size--
	return d, true
}
