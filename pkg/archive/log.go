package archive

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm/logger"
)

// slow is when a statement is worth a line in the log.
const slow = time.Second

// quiet is GORM's logger: slow statements are logged without their values, and
// errors are left to the caller who gets them.
type quiet struct{ log *slog.Logger }

func (q quiet) LogMode(logger.LogLevel) logger.Interface { return q }

// What GORM says beside its errors, which callers get, is for its developers.
func (q quiet) Info(ctx context.Context, msg string, _ ...any) { q.log.DebugContext(ctx, msg) }

func (q quiet) Warn(ctx context.Context, msg string, _ ...any) { q.log.DebugContext(ctx, msg) }

func (q quiet) Error(ctx context.Context, msg string, _ ...any) { q.log.DebugContext(ctx, msg) }

// Trace is told of every statement after it ran.
func (q quiet) Trace(ctx context.Context, begin time.Time, statement func() (string, int64), _ error) {
	if took := time.Since(begin); took > slow {
		sql, rows := statement()
		q.log.WarnContext(ctx, "slow statement", "sql", sql, "rows", rows, "took", took)
	}
}

// ParamsFilter takes the values out of the statement that Trace gets.
func (q quiet) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}
