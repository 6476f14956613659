-- Deletes what is known of photos that were erased. Rows of the last 90 minutes may be in BigQuery's write buffer: they are left for the next run.
DELETE FROM `${dataset}.raw`
WHERE publish_time < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 90 MINUTE)
  AND REGEXP_EXTRACT(JSON_VALUE(attributes, '$."ce-id"'), r'^(?:verdict-)?([0-9a-f]{64})$') IN (
    SELECT job
    FROM `${dataset}.raw` AS events
    CROSS JOIN UNNEST(JSON_VALUE_ARRAY(SAFE.PARSE_JSON(events.data, wide_number_mode => 'round'), '$.jobs')) AS job
    WHERE JSON_VALUE(events.attributes, '$."ce-type"') = 'dev.darkroom.upload.v1.erased'
  )
