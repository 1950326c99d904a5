// Package store keeps what must outlive the program, in SQLite. It implements
// interfaces that others declare.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver: SQLite in Go, without cgo
)

// SQLite is a store in one file. It is safe for concurrent use; several
// programs may read it.
type SQLite struct {
	db       *sql.DB
	path     string
	writer   *writer
	saveCall *sql.Stmt // prepared: it runs for every call
}

// OpenSQLite opens the database at path, which it makes if need be, and
// brings its schema up to date. Close it after use.
func OpenSQLite(ctx context.Context, path string) (*SQLite, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", path, err)
	}
	// FULL: a commit that was confirmed survives a power cut.
	dsn := (&url.URL{Scheme: "file", Path: abs}).String() +
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=immediate"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", path, err)
	}
	s := &SQLite{db: db, path: path}
	if err := s.migrate(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("bring the database %s up to date: %w", path, err)
	}
	if s.saveCall, err = db.PrepareContext(ctx, saveCall); err != nil {
		db.Close()
		return nil, fmt.Errorf("use the database %s: %w", path, err)
	}
	s.writer = newWriter(db)
	return s, nil
}

// Close closes the database. What is being saved is refused.
func (s *SQLite) Close() error {
	s.writer.close()
	return s.db.Close()
}

// Ping reports whether the database answers.
func (s *SQLite) Ping(ctx context.Context) error {
	if err := s.db.PingContext(ctx); err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	return nil
}

// inTx runs f in a transaction that is committed if f returns nil.
func (s *SQLite) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		tx.Rollback() //nolint:errcheck // the first error is the one that counts
		return err
	}
	return tx.Commit()
}
