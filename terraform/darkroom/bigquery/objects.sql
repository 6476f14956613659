-- One row per object that was found. A record whose findings were cut has one row without a label.
SELECT
  results.id,
  results.created,
  results.day,
  results.task,
  results.bucket,
  results.name,
  results.generation,
  SAFE_CAST(JSON_VALUE(thing, '$.index') AS INT64) AS object_index,
  JSON_VALUE(thing, '$.label') AS label,
  SAFE_CAST(JSON_VALUE(thing, '$.confidence') AS FLOAT64) AS confidence,
  JSON_VALUE(thing, '$.provenance') AS provenance,
  JSON_VALUE(thing, '$.shape.kind') AS shape,
  SAFE_CAST(COALESCE(JSON_VALUE(thing, '$.shape.left'), JSON_VALUE(thing, '$.shape.x')) AS INT64) AS box_left,
  SAFE_CAST(COALESCE(JSON_VALUE(thing, '$.shape.top'), JSON_VALUE(thing, '$.shape.y')) AS INT64) AS box_top,
  SAFE_CAST(JSON_VALUE(thing, '$.shape.right') AS INT64) AS box_right,
  SAFE_CAST(JSON_VALUE(thing, '$.shape.bottom') AS INT64) AS box_bottom,
  SAFE_CAST(JSON_VALUE(thing, '$.mask.area') AS INT64) AS mask_area,
  JSON_VALUE(thing, '$.mask.file') AS mask_file,
  results.metadata,
  results.findings_cut AS is_cut
FROM `${dataset}.results` AS results
LEFT JOIN UNNEST(JSON_QUERY_ARRAY(results.record, '$.findings.objects')) AS thing
WHERE thing IS NOT NULL OR results.findings_cut
