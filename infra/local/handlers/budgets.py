"""Budgets."""

from infra.local.handlers.registry import Cloud, Created, Inputs, creates


@creates("aws:budgets/budget:Budget")
def create_budget(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a budget; the emulator keeps it, and never tells of it."""
    account = cloud.client("sts").get_caller_identity()["Account"]
    kinds = inputs.get("costTypes") or {}
    cloud.client("budgets").create_budget(
        AccountId=account,
        Budget={
            "BudgetName": inputs["name"],
            "BudgetType": inputs["budgetType"],
            "TimeUnit": inputs["timeUnit"],
            "BudgetLimit": {"Amount": inputs["limitAmount"], "Unit": inputs["limitUnit"]},
            "CostFilters": {each["name"]: list(each["values"]) for each in inputs.get("costFilters") or []},
            "CostTypes": {key[0].upper() + key[1:]: value for key, value in kinds.items()},
        },
    )
    return Created(f"{account}:{inputs['name']}", {"accountId": account})
