package archive

import (
	"context"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Senders returns the holders that sent most problems of a service in the minutes of
// [from, to), loudest first and at most limit, and how many problems all sent. What is
// excluded is left out.
func (a *Archive) Senders(ctx context.Context, service string, from, to time.Time, limit int) (senders []admin.Sender, total int64, err error) {
	first, end := window.FirstMinute(from), window.FirstMinute(to)
	var rows []struct {
		Holder, Reports, Networks int64
		First, Last               window.Minute
		Total                     int64
	}
	const problems = ` FROM reports r JOIN cells c ON c.id = r.cell
		WHERE r.service = (SELECT id FROM services WHERE slug = ?) AND r.day BETWEEN ? AND ? AND r.minute >= ? AND r.minute < ?
		AND r.exclusion IS NULL AND c.kind = ?`
	args := []any{service, first.Day(), end.Day(), first, end, report.Problem}
	err = a.readDB.WithContext(ctx).Raw(`SELECT r.network & ? AS holder, COUNT(*) AS reports, COUNT(DISTINCT r.network) AS networks,
		MIN(r.minute) AS first, MAX(r.minute) AS last, SUM(COUNT(*)) OVER () AS total`+problems+`
		GROUP BY 1 ORDER BY reports DESC, holder LIMIT ?`, append(append([]any{report.HolderMask}, args...), limit)...).Scan(&rows).Error
	if err != nil {
		return nil, 0, fmt.Errorf("find the loudest senders of %s: %w", service, err)
	}
	if len(rows) == 0 {
		return nil, 0, nil
	}
	index := make(map[int64]int, len(rows))
	holders := make([]int64, len(rows))
	for i, r := range rows {
		index[r.Holder], holders[i] = i, r.Holder
		senders = append(senders, admin.Sender{
			Sender: report.Holder(r.Holder).SenderOf(), Reports: r.Reports, Networks: r.Networks,
			First: r.First.Start(), Last: r.Last.Start(), Countries: map[string]int64{}, Symptoms: map[string]int64{},
		})
	}
	var split []struct {
		Holder           int64
		Country, Symptom string
		N                int64
	}
	err = a.readDB.WithContext(ctx).Raw(`SELECT r.network & ? AS holder, c.country, c.symptom, COUNT(*) AS n`+problems+`
		AND r.network & ? IN ? GROUP BY 1, 2, 3`, append(append([]any{report.HolderMask}, args...), report.HolderMask, holders)...).Scan(&split).Error
	if err != nil {
		return nil, 0, fmt.Errorf("find what the loudest senders of %s reported: %w", service, err)
	}
	for _, s := range split {
		senders[index[s.Holder]].Countries[s.Country] += s.N
		senders[index[s.Holder]].Symptoms[s.Symptom] += s.N
	}
	return senders, rows[0].Total, nil
}
