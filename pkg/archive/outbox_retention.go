package archive

import (
	"context"
	"fmt"
	"time"
)

const (
	// keptMessages is how long a message is kept after it was delivered or given up,
	// and how long attempts are in the log.
	keptMessages = 30 * 24 * time.Hour
	// keptDeliveries is how many attempts of a subscription are in the log.
	keptDeliveries = 200
	// keptVersions is how long a version of an incident is kept at least.
	keptVersions = time.Hour
)

// RetainMessages deletes subscriptions that have expired or ended long ago, and
// messages, attempts and versions of incidents that nobody needs any more.
func (a *Archive) RetainMessages(ctx context.Context, now time.Time) error {
	old := millis(now.Add(-keptMessages))
	for _, step := range []struct {
		what, statement string
		args            []any
	}{
		{"subscriptions that have expired", `DELETE FROM subscriptions WHERE id IN
			(SELECT id FROM subscriptions WHERE expires > 0 AND expires <= ? LIMIT ?)`, []any{millis(now), retainBatch}},
		{"subscriptions that have ended", `DELETE FROM subscriptions WHERE id IN
			(SELECT id FROM subscriptions WHERE state = 'ended' AND created <= ?
				AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.subscription = subscriptions.id AND at > ?) LIMIT ?)`, []any{old, old, retainBatch}},
		{"old deliveries", `DELETE FROM deliveries WHERE id IN
			(SELECT id FROM deliveries WHERE at <= ? LIMIT ?)`, []any{old, retainBatch}},
		{"more deliveries than are kept", `DELETE FROM deliveries WHERE id IN
			(SELECT id FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY subscription ORDER BY id DESC) AS place FROM deliveries) AS placed
				WHERE place > ? LIMIT ?)`, []any{keptDeliveries, retainBatch}},
		{"old messages", `DELETE FROM messages WHERE id IN
			(SELECT id FROM messages WHERE finished > 0 AND finished <= ? LIMIT ?)`, []any{old, retainBatch}},
		{"what was told about old incidents", `DELETE FROM tellings WHERE (subscription, incident) IN
			(SELECT t.subscription, t.incident FROM tellings AS t JOIN incidents AS i ON i.id = t.incident
				WHERE t.updated <= ? AND t.pending = 0 AND t.message = '' AND i.state IN ('resolved', 'retracted') LIMIT ?)`, []any{old, retainBatch}},
		{"versions of incidents", `DELETE FROM outbox WHERE seq IN
			(SELECT seq FROM outbox AS o WHERE o.done = 1 AND o.at <= ?
				AND NOT EXISTS (SELECT 1 FROM messages AS m WHERE m.incident = o.incident AND m.version = o.version)
				AND NOT EXISTS (SELECT 1 FROM tellings AS t WHERE t.incident = o.incident AND t.pending = o.version) LIMIT ?)`, []any{millis(now.Add(-keptVersions)), retainBatch}},
	} {
		if err := a.deleteInBatches(ctx, step.statement, step.args...); err != nil {
			return fmt.Errorf("delete %s: %w", step.what, err)
		}
	}
	return nil
}
