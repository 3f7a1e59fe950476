with longshot_yes as (
    select * from {{ ref('longshot_yes') }}
),

longshot_no as (
    select * from {{ ref('longshot_no') }}
)

select * from longshot_yes
union all by name
select * from longshot_no
