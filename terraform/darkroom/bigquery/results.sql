-- One row per record. Dropped are duplicates, what is no record, and records of photos that were erased.
WITH
  published AS (
    SELECT
      JSON_VALUE(attributes, '$."ce-id"') AS id,
      JSON_VALUE(attributes, '$."ce-type"') AS type,
      publish_time,
      message_id,
      -- A model may write half of a surrogate pair, which is no JSON to everyone: it is left out then.
      COALESCE(
        SAFE.PARSE_JSON(data, wide_number_mode => 'round'),
        SAFE.PARSE_JSON(
          REGEXP_REPLACE(
            data,
            r'(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}',
            r'\1'
          ),
          wide_number_mode => 'round'
        )
      ) AS parsed
    FROM `${dataset}.raw`
  ),
  erased AS (
    SELECT DISTINCT job AS id
    FROM published
    CROSS JOIN UNNEST(JSON_VALUE_ARRAY(parsed, '$.jobs')) AS job
    WHERE type = 'dev.darkroom.upload.v1.erased'
  ),
  known AS (
    SELECT
      *,
      JSON_VALUE(parsed, '$.findings.cut') IS NOT NULL AS findings_cut,
      COALESCE(
        JSON_VALUE(parsed, '$.artifacts.cut'),
        JSON_VALUE(parsed, '$.crops.cut'),
        JSON_VALUE(parsed, '$.findings.cut'),
        JSON_VALUE(parsed, '$.images.cut'),
        JSON_VALUE(parsed, '$.problems.cut'),
        JSON_VALUE(parsed, '$.reason.cut'),
        JSON_VALUE(parsed, '$.redacted.cut'),
        JSON_VALUE(parsed, '$.request.cut'),
        JSON_VALUE(parsed, '$.timing.cut'),
        JSON_VALUE(parsed, '$.usage.cut')
      ) IS NOT NULL AS is_cut
    FROM published
    WHERE STARTS_WITH(type, 'dev.darkroom.result.v1.') AND JSON_VALUE(parsed, '$.id') = id
  ),
  newest AS (
    SELECT *
    FROM known
    WHERE NOT EXISTS (SELECT 1 FROM erased WHERE erased.id = known.id)
    QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY is_cut, publish_time DESC, message_id DESC) = 1
  )
SELECT
  id,
  SAFE_CAST(JSON_VALUE(parsed, '$.created') AS TIMESTAMP) AS created,
  DATE(SAFE_CAST(JSON_VALUE(parsed, '$.created') AS TIMESTAMP)) AS day,
  JSON_VALUE(parsed, '$.status') AS status,
  JSON_VALUE(parsed, '$.reason.code') AS reason,
  JSON_VALUE(parsed, '$.reason.sentence') AS sentence,
  JSON_VALUE(parsed, '$.task') AS task,
  JSON_VALUE(parsed, '$.folder') AS folder,
  JSON_VALUE(parsed, '$.images[0].bucket') AS bucket,
  JSON_VALUE(parsed, '$.images[0].name') AS name,
  SAFE_CAST(JSON_VALUE(parsed, '$.images[0].generation') AS INT64) AS generation,
  ARRAY_LENGTH(JSON_QUERY_ARRAY(parsed, '$.images')) AS images,
  JSON_VALUE(parsed, '$.images[0].detected_type') AS type,
  SAFE_CAST(JSON_VALUE(parsed, '$.images[0].width') AS INT64) AS width,
  SAFE_CAST(JSON_VALUE(parsed, '$.images[0].height') AS INT64) AS height,
  SAFE_CAST(JSON_VALUE(parsed, '$.images[0].bytes') AS INT64) AS bytes,
  NULLIF(TO_JSON_STRING(JSON_QUERY(parsed, '$.images[0].metadata')), 'null') AS metadata,
  ARRAY_LENGTH(JSON_QUERY_ARRAY(parsed, '$.images[0].warnings')) AS warnings,
  ARRAY_LENGTH(JSON_QUERY_ARRAY(parsed, '$.problems')) AS problems,
  SAFE_CAST(JSON_VALUE(parsed, '$.findings.complete') AS BOOL) AS complete,
  ARRAY_LENGTH(JSON_QUERY_ARRAY(parsed, '$.findings.objects')) AS objects,
  JSON_VALUE(parsed, '$.findings.text') AS text,
  JSON_VALUE(parsed, '$.findings.answer') AS answer,
  JSON_VALUE(parsed, '$.findings.moderation.verdict') AS verdict,
  JSON_VALUE(parsed, '$.redacted.copy.name') AS copy,
  COALESCE(JSON_VALUE(parsed, '$.usage.model'), JSON_VALUE(parsed, '$.request.model')) AS model,
  JSON_VALUE(parsed, '$.usage.tier') AS tier,
  SAFE_CAST(JSON_VALUE(parsed, '$.usage.cost_usd') AS FLOAT64) AS cost_usd,
  SAFE_CAST(JSON_VALUE(parsed, '$.usage.paid_calls') AS INT64) AS paid_calls,
  SAFE_CAST(JSON_VALUE(parsed, '$.usage.prompt_tokens') AS INT64) AS prompt_tokens,
  SAFE_CAST(JSON_VALUE(parsed, '$.usage.image_tokens') AS INT64) AS image_tokens,
  SAFE_CAST(JSON_VALUE(parsed, '$.usage.output_tokens') AS INT64) AS output_tokens,
  SAFE_CAST(JSON_VALUE(parsed, '$.usage.thought_tokens') AS INT64) AS thought_tokens,
  SAFE_CAST(JSON_VALUE(parsed, '$.timing.total') AS INT64) AS total_ms,
  SAFE_CAST(JSON_VALUE(parsed, '$.timing.model') AS INT64) AS model_ms,
  JSON_VALUE(parsed, '$.reused_from') AS reused_from,
  is_cut,
  findings_cut,
  publish_time,
  TO_JSON_STRING(parsed) AS record
FROM newest
