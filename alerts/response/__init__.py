"""What the office writes down and sends: slips, orders, reports, facts, the log, playbooks, the register.

Every verb works on a connection of the caller, who adds the audit line in the same transaction. Expected refusals are
`alerts.acks.Refused` with one English sentence.
"""
