"""What must always hold of patients? One current number each, every recall in the log, and stops that hold."""

from workflows.verify.invariant import Invariant

LOG_STANDS = Invariant(
    "access-log-stands",
    "Åtkomstloggen är som den skrevs: ingen rad och inget sigill är ändrat, tillagt eller borta.",
    "The access log is as it was written: no row and no seal is changed, added or gone.",
    # Not SQL's to see: the keys are not in the database (log_chain.py).
    "SELECT NULL WHERE false",
)

PATIENTS = (
    Invariant(
        "one-current-number",
        "Ett hopslaget nummer leder till personens gällande nummer, utan mellanled.",
        "A joined number leads to the person's current number, with none between.",
        """
        SELECT format('patient %s by %s', k.old_patient, k.new_patient) FROM patient_link k
        JOIN patient_link onward ON onward.old_patient = k.new_patient AND onward.undone_at IS NULL
        WHERE k.undone_at IS NULL
        """,
    ),
    Invariant(
        "recalled-patients-are-logged",
        "Varje patient i en återkallelses lista står i åtkomstloggen.",
        "Every patient in the list of a recall is in the access log.",
        """
        SELECT format('recall %s patient %s', r.recall, r.patient)
        FROM (SELECT recall, patient_id AS patient FROM recall_row WHERE patient_id IS NOT NULL
              UNION SELECT recall, person FROM recall_row WHERE person IS NOT NULL) r
        LEFT JOIN access_log a ON a.patient_id = r.patient AND a.action = 'recall'
            AND (a.details ->> 'recall')::bigint = r.recall
        WHERE a.id IS NULL
        """,
    ),
    Invariant(
        "stopped-articles-are-withdrawn",
        "En artikel med köpstopp är utgången.",
        "An article that is stopped is withdrawn.",
        "SELECT format('article %s', a.number) FROM article_stop s JOIN article a ON a.number = s.article "
        "WHERE s.lifted_at IS NULL AND NOT a.withdrawn",
    ),
)
