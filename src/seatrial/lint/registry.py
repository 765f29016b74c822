"""Every rule, one line each."""

import importlib
from collections.abc import Iterable
from functools import cache
from types import ModuleType

from seatrial.lint.rule import Rule

_PACKAGE = "seatrial.lint.rules"

# Modules below `rules/`, in the order of the catalogue.
MODULES: tuple[str, ...] = (
    "starting.readiness_probe_missing",
    "starting.probe_port_name_unknown",
    "starting.probe_port_undeclared",
    "starting.probe_asks_the_node",
    "starting.readiness_probe_tcp_on_http",
    "starting.service_publishes_not_ready",
    "starting.readiness_same_as_liveness",
    "starting.readiness_probe_always_true",
    "starting.readiness_probe_elsewhere",
    "starting.slow_start_killed",
    "starting.slow_start_tight",
    "starting.liveness_without_time_to_start",
    "starting.liveness_waits_instead_of_startup_probe",
    "starting.probe_timeout_over_period",
    "starting.success_threshold_refused",
    "starting.post_start_needs_shell",
    "starting.post_start_delays_start",
    "changing.rolling_update_takes_all",
    "changing.rolling_update_cannot_move",
    "changing.rolling_update_rounded_up_to_one",
    "changing.rolling_update_halves_capacity",
    "changing.strategy_recreate",
    "changing.update_strategy_on_delete",
    "changing.min_ready_seconds_missing",
    "changing.progress_deadline_refused",
    "changing.progress_deadline_short",
    "changing.rollout_without_readiness",
    "changing.no_way_back",
    "changing.disruption_budget_missing",
    "changing.disruption_budget_allows_nothing",
    "changing.disruption_budget_over_autoscaler",
    "changing.disruption_budget_refused",
    "changing.disruption_budget_selects_nothing",
    "changing.disruption_budgets_overlap",
    "changing.disruption_budget_keeps_broken_pods",
    "changing.eviction_forbidden_by_annotation",
    "changing.all_on_one_node",
    "changing.single_replica",
    "changing.fewer_than_three_replicas",
    "changing.spread_missing",
    "changing.spread_selects_others",
    "data.writable_path_without_volume",
    "data.cache_path_without_volume",
    "data.writable_path_read_only",
    "data.empty_dir_in_stateful_set",
    "data.database_without_volume",
    "data.database_on_pod_volume",
    "data.claim_shared_by_replicas",
    "data.claim_blocks_rollout",
    "data.host_path_data",
    "data.persistent_volume_on_any_node",
    "data.lock_file_on_volume",
    "data.ephemeral_storage_limit_missing",
    "data.empty_dir_without_size_limit",
    "data.empty_dir_beyond_limit",
    "data.read_only_root_without_scratch",
    "data.claims_deleted_at_scale_down",
    "data.claims_deleted_with_stateful_set",
    "data.autoscaled_data_without_drain",
    "data.data_without_drain",
    "data.data_moved_by_hook_only",
    "data.claims_without_sweep",
    "data.members_stopped_together",
    "identity.literal_address",
    "identity.members_of_deployment",
    "identity.member_name_wrong",
    "identity.member_beyond_replicas",
    "identity.governing_service_missing",
    "identity.governing_service_not_headless",
    "identity.governing_service_selects_others",
    "identity.peers_hidden_until_ready",
    "identity.hostname_shared",
    "identity.grace_zero_in_stateful_set",
    "identity.forced_deletion",
    "identity.single_writer_claim",
    "identity.scheduler_twice",
    "dependencies.init_waits_for_ever",
    "dependencies.init_try_without_limit",
    "dependencies.init_waits_for_name_only",
    "dependencies.init_waits_for_itself",
    "dependencies.init_waits_in_a_ring",
    "dependencies.startup_probe_calls_dependency",
    "dependencies.post_start_calls_dependency",
    "dependencies.liveness_calls_dependency",
    "dependencies.liveness_asks_readiness",
    "dependencies.readiness_ignores_dependency",
    "dependencies.dependency_without_readiness",
    "dependencies.init_needs_sidecar",
    "dependencies.service_variable",
    "dependencies.service_variable_switched_off",
    "crashes.restart_policy_refused",
    "crashes.server_never_restarted",
    "crashes.eviction_fails_job",
    "crashes.pod_failure_policy_refused",
    "crashes.job_without_deadline",
    "crashes.job_fails_late",
    "crashes.job_log_lost",
    "crashes.job_finished_kept",
    "manifest.naked_pod",
    "manifest.requests_missing",
    "manifest.request_above_limit",
    "manifest.outside_limit_range",
    "manifest.quota_exceeded",
    "manifest.secret_in_plain_sight",
    "manifest.secret_in_config_map",
    "manifest.pull_secret_on_workload",
    "manifest.config_change_not_rolled_out",
    "manifest.recommended_labels_missing",
    "manifest.owner_missing",
    "manifest.service_port_unserved",
    "manifest.ingress_backend_missing",
    "manifest.selector_mismatch",
    "manifest.selector_shared",
    "manifest.service_selects_nothing",
    "manifest.service_selects_strangers",
    "manifest.autoscaler_target_missing",
    "manifest.replicas_beside_autoscaler",
    "manifest.autoscaler_without_requests",
    "manifest.autoscaler_range_empty",
    "manifest.image_tag_mutable",
    "manifest.cron_job_deadline_missing",
    "manifest.cron_job_overlaps",
    "manifest.cron_job_history_lost",
    "manifest.termination_message_empty",
    "manifest.logs_in_a_file",
    "manifest.reference_missing",
    "manifest.secret_missing",
    "manifest.key_missing",
    "manifest.variable_twice",
    "manifest.host_port",
    "manifest.host_namespace",
    "manifest.field_unknown",
    "manifest.field_wrong_type",
    "manifest.required_field_missing",
    "manifest.value_refused",
    "manifest.api_version_removed",
    "manifest.api_version_deprecated",
    "manifest.api_version_unknown",
    "manifest.silence_without_reason",
)  # fmt: skip


def rule_module(name: str) -> ModuleType:
    """The module of one line of `MODULES`."""
    return importlib.import_module(f"{_PACKAGE}.{name}")


@cache
def built_in_rules() -> tuple[Rule, ...]:
    """All of them, imported when first asked for. A name that is there twice is refused."""
    return refuse_doubles(rule_module(name).RULE for name in MODULES)


def refuse_doubles(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules; ValueError when two have one name."""
    seen: dict[str, Rule] = {}
    for rule in rules:
        if rule.name in seen:
            raise ValueError(f"rule {rule.name} is registered twice")
        seen[rule.name] = rule
    return tuple(seen.values())
