package archive

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm/logger"
)

// slowStatement is the duration from which on a statement is logged.
const slowStatement = time.Second

// gormLog is GORM's logger. It logs slow statements without their values. It
// does not log errors: callers get them.
type gormLog struct {
	log     *slog.Logger
	observe func(ctx context.Context, operation string, began time.Time, err error)
}

// LogMode returns l: the level is that of its logger.
func (l gormLog) LogMode(logger.LogLevel) logger.Interface { return l }

// Info, Warn and Error log messages about GORM itself, for developers.
func (l gormLog) Info(ctx context.Context, msg string, _ ...any) { l.log.DebugContext(ctx, msg) }

func (l gormLog) Warn(ctx context.Context, msg string, _ ...any) { l.log.DebugContext(ctx, msg) }

func (l gormLog) Error(ctx context.Context, msg string, _ ...any) { l.log.DebugContext(ctx, msg) }

// Trace observes a statement, and logs one that took long. GORM calls it after
// every statement.
func (l gormLog) Trace(ctx context.Context, begin time.Time, statement func() (string, int64), err error) {
	l.observe(ctx, OperationStatement, begin, err)
	if took := time.Since(begin); took > slowStatement {
		sql, rows := statement()
		l.log.WarnContext(ctx, "a statement of the database was slow", "sql", sql, "rows", rows, "took", took)
	}
}

// ParamsFilter removes the values from the statement that Trace gets.
func (l gormLog) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}
