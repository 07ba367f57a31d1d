package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// Retention says how much a journal keeps of what is finished. Zero fields set no bound.
type Retention struct {
	OlderThan time.Time // messages of before it go
	Bytes     int64     // the oldest go until the records fit
}

// pruned is how many messages one transaction of Prune removes at most.
const pruned = 500

// Prune removes what the retention no longer keeps and what dropped sessions have left, oldest
// first, and returns how many messages went. A message with a pending delivery stays. It works in
// small transactions, so that deliveries go on beside it.
func (j *Journal) Prune(ctx context.Context, keep Retention) (removed int, err error) {
	for {
		victims, err := j.victims(ctx, keep)
		if err != nil || len(victims) == 0 {
			return removed, err
		}
		if err := j.remove(ctx, victims); err != nil {
			return removed, err
		}
		removed += len(victims)
	}
}

// victims are the numbers of the next messages to go.
func (j *Journal) victims(ctx context.Context, keep Retention) ([]int64, error) {
	condition, arguments := "0", []any{}
	if !keep.OlderThan.IsZero() {
		condition, arguments = "m.at < ?", []any{keep.OlderThan.UnixMicro()}
	}
	if keep.Bytes > 0 {
		size, err := j.Size(ctx)
		if err != nil {
			return nil, err
		}
		if size > keep.Bytes {
			condition, arguments = "1", nil
		}
	}
	return list(ctx, j.read, func(rows *sql.Rows) (seq int64, err error) {
		err = rows.Scan(&seq)
		return seq, err
	}, fmt.Sprintf(`SELECT seq FROM messages m WHERE session IN (SELECT id FROM sessions WHERE dropped=1)
		OR (%s) AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.message=m.seq AND d.status='pending') ORDER BY seq LIMIT %d`,
		condition, pruned), arguments...)
}

// remove removes messages with their deliveries and attempts.
func (j *Journal) remove(ctx context.Context, messages []int64) error {
	numbers, err := json.Marshal(messages)
	if err != nil {
		return err
	}
	return j.do(ctx, func(w *writer) error {
		w.exec(&w.pruneAttempts, string(numbers))
		w.exec(&w.pruneDeliveries, string(numbers))
		w.exec(&w.pruneMessages, string(numbers))
		return nil
	})
}

// Size is how many bytes the records take; the file may be larger.
func (j *Journal) Size(ctx context.Context) (int64, error) {
	var pages, free, size int64
	err := j.read.QueryRowContext(ctx, "SELECT page_count, freelist_count, page_size FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()").
		Scan(&pages, &free, &size)
	return (pages - free) * size, classify(err)
}
