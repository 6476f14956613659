-- One row per record without findings, and why: rejected (the upload was no photo) or failed.
SELECT
  id,
  created,
  day,
  status,
  reason,
  sentence,
  task,
  bucket,
  name,
  generation,
  model,
  cost_usd,
  paid_calls,
  metadata,
  is_cut
FROM `${dataset}.results`
WHERE status != 'done'
