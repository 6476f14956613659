-- One row per field of a form. A form whose findings were cut has one row without a field.
WITH forms AS (
  SELECT
    id, created, day, task, bucket, name, generation, metadata, findings_cut,
    SAFE.PARSE_JSON(JSON_QUERY(record, '$.findings.fields'), wide_number_mode => 'round') AS form
  FROM `${dataset}.results`
)
SELECT
  id,
  created,
  day,
  task,
  bucket,
  name,
  generation,
  field,
  SAFE_CAST(JSON_VALUE(form[field], '$.found') AS BOOL) AS found,
  COALESCE(
    JSON_VALUE(form[field], '$.value'),
    NULLIF(TO_JSON_STRING(JSON_QUERY(form[field], '$.value')), 'null')
  ) AS value,
  COALESCE(
    JSON_VALUE(form[field], '$.raw'),
    NULLIF(TO_JSON_STRING(JSON_QUERY(form[field], '$.raw')), 'null')
  ) AS raw,
  JSON_VALUE(form[field], '$.provenance') AS provenance,
  SAFE_CAST(JSON_VALUE(form[field], '$.shape.left') AS INT64) AS box_left,
  SAFE_CAST(JSON_VALUE(form[field], '$.shape.top') AS INT64) AS box_top,
  SAFE_CAST(JSON_VALUE(form[field], '$.shape.right') AS INT64) AS box_right,
  SAFE_CAST(JSON_VALUE(form[field], '$.shape.bottom') AS INT64) AS box_bottom,
  metadata,
  findings_cut AS is_cut
FROM forms
LEFT JOIN UNNEST(JSON_KEYS(form, 1)) AS field
WHERE field IS NOT NULL OR (findings_cut AND REGEXP_CONTAINS(task, r'(^|[+])extract($|[+])'))
