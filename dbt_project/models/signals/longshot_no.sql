with candidates as (
    select * from {{ ref('int_longshot_candidates') }}
)

select * from candidates
where strategy = 'longshot_no'
