package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate applies the migrations that the database has not seen, each in a
// transaction of its own. A database of a later version is refused.
func (s *SQLite) migrate(ctx context.Context) error {
	if _, err := s.db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema (version INTEGER NOT NULL) STRICT`); err != nil {
		return err
	}
	var have int
	if err := s.db.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM schema`).Scan(&have); err != nil {
		return err
	}
	files, err := fs.Glob(migrations, "migrations/*.sql") // sorted by name
	if err != nil {
		return err
	}
	if have > len(files) {
		return fmt.Errorf("its schema is version %d, this program knows %d: use the newer program", have, len(files))
	}
	for _, file := range files[have:] {
		if err := s.apply(ctx, file); err != nil {
			return fmt.Errorf("apply %s: %w", file, err)
		}
	}
	return nil
}

func (s *SQLite) apply(ctx context.Context, file string) error {
	number, _, _ := strings.Cut(strings.TrimPrefix(file, "migrations/"), "_")
	version, err := strconv.Atoi(number)
	if err != nil {
		return fmt.Errorf("its name does not begin with a number")
	}
	text, err := migrations.ReadFile(file)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, string(text)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO schema (version) VALUES (?)`, version)
		return err
	})
}
