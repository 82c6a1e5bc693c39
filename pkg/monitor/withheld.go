package monitor

import (
	"github.com/outcry/outcry/pkg/detect"
)

// logWithheld logs that an anomaly makes no outage, once for each reason: too few
// networks, one network with too many reports, no history, too short, or an
// echo of another outage.
func (m *Monitor) logWithheld(j *judged) {
	if !j.Anomalous() {
		j.watch.withheld = ""
		return
	}
	var v detect.Verdict
	echo := ""
	for other := range j.Verdicts() {
		if other.Anomalous && other.Score >= v.Score {
			v = other
		}
	}
	if j.hasIncident() {
		v, echo = j.incident.Verdict, j.incident.EchoOf
	}
	switch v.Reason.Code {
	case detect.ReasonFewSources, detect.ReasonOneSource, detect.ReasonNoHistory, detect.ReasonBrief, detect.ReasonEcho:
	default:
		return
	}
	if v.Reason.Code == j.withheld {
		return
	}
	j.watch.withheld = v.Reason.Code
	m.Log.Info("a rise of reports is not declared as an outage", "service", j.service, "reason", string(v.Reason.Code), "echo_of", echo,
		"observed", v.Observed, "expected", v.Expected, "score", v.Score, "networks", v.Networks, "largest", v.Largest)
}
