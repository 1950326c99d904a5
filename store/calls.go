package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"parley/call"
	"parley/records"
)

const saveCall = `
	INSERT INTO calls (id, start_ms, end_ms, door, caller, called, program, cause, record, events)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (id) DO UPDATE SET start_ms = excluded.start_ms, end_ms = excluded.end_ms, door = excluded.door,
		caller = excluded.caller, called = excluded.called, program = excluded.program,
		cause = excluded.cause, record = excluded.record, events = excluded.events`

// SaveCall keeps a record and its journal, or replaces those it has.
func (s *SQLite) SaveCall(ctx context.Context, r call.Record, events []call.Event) error {
	record, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("save call %s: %w", r.ID, err)
	}
	journal, err := json.Marshal(events)
	if err != nil {
		return fmt.Errorf("save call %s: %w", r.ID, err)
	}
	var end any
	if !r.End.IsZero() {
		end = r.End.UnixMilli()
	}
	err = s.writer.commit(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.StmtContext(ctx, s.saveCall).ExecContext(ctx,
			r.ID, r.Start.UnixMilli(), end, r.Door, r.Caller, r.Called, r.Program, r.Cause, string(record), string(journal))
		return err
	})
	if err != nil {
		return fmt.Errorf("save call %s: %w", r.ID, err)
	}
	return nil
}

// Call returns a record. Error: records.ErrNotFound.
func (s *SQLite) Call(ctx context.Context, id call.ID) (call.Record, error) {
	var r call.Record
	err := s.one(ctx, &r, `SELECT record FROM calls WHERE id = ?`, id)
	return r, err
}

// CallEvents returns a call's journal. Error: records.ErrNotFound.
func (s *SQLite) CallEvents(ctx context.Context, id call.ID) ([]call.Event, error) {
	var events []call.Event
	err := s.one(ctx, &events, `SELECT events FROM calls WHERE id = ? AND events IS NOT NULL`, id)
	return events, err
}

func (s *SQLite) one(ctx context.Context, into any, query string, id call.ID) error {
	var text string
	err := s.db.QueryRowContext(ctx, query, id).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("call %s: %w", id, records.ErrNotFound)
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), into)
	}
	if err != nil {
		return fmt.Errorf("load call %s: %w", id, err)
	}
	return nil
}

// Calls returns the records that q selects, the newest first.
func (s *SQLite) Calls(ctx context.Context, q records.Query) ([]call.Record, error) {
	var where []string
	var args []any
	add := func(condition string, values ...any) {
		where = append(where, condition)
		args = append(args, values...)
	}
	if !q.From.IsZero() {
		add("start_ms >= ?", q.From.UnixMilli())
	}
	if !q.To.IsZero() {
		add("start_ms < ?", q.To.UnixMilli())
	}
	if q.Number != "" {
		add("(caller = ? OR called = ?)", q.Number, q.Number)
	}
	if q.Before != "" {
		add("(start_ms, id) < (SELECT start_ms, id FROM calls WHERE id = ?)", q.Before)
	}
	query := "SELECT record FROM calls"
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	query += " ORDER BY start_ms DESC, id DESC LIMIT ?"
	rows, err := s.db.QueryContext(ctx, query, append(args, q.Rows())...)
	if err != nil {
		return nil, fmt.Errorf("list calls: %w", err)
	}
	defer rows.Close()
	list := []call.Record{}
	for rows.Next() {
		var text string
		var r call.Record
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("list calls: %w", err)
		}
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			return nil, fmt.Errorf("list calls: %w", err)
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list calls: %w", err)
	}
	return list, nil
}
