-- One row per record that a model was asked for, with what it cost. A record that took over another's answer cost nothing.
SELECT
  id,
  created,
  day,
  status,
  task,
  bucket,
  name,
  generation,
  model,
  tier,
  cost_usd,
  paid_calls,
  prompt_tokens,
  image_tokens,
  output_tokens,
  thought_tokens,
  reused_from,
  metadata,
  is_cut
FROM `${dataset}.results`
WHERE paid_calls IS NOT NULL OR JSON_VALUE(record, '$.usage.cut') IS NOT NULL
