"""Every trap that other balancers fell into, and the tests that keep this one out of it.

The table below is held to the tests: one that was renamed or removed is missed here.
"""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

TRAPS: dict[str, tuple[str, ...]] = {
    # The fuse
    "flooring the meter's current and the room leaves up to 1 A over the fuse for ever": (
        "core/balancing/test_balancer_traps.py::test_flooring_the_meters_current_does_not_leave_an_ampere_over_the_fuse",
        "site/balancing/test_charger_traps.py::test_flooring_leaves_no_ampere_over_the_fuse",
    ),
    "availability that is clipped at 0 never asks to go down": (
        "core/balancing/test_balancer_traps.py::test_availability_below_zero_asks_to_go_down_by_all_of_it",
        "site/balancing/test_charger_traps.py::test_a_house_above_its_fuse_by_itself_pauses_the_car",
    ),
    "the last positive availability, kept during an overload, raises into it": (
        "core/balancing/test_balancer_traps.py::test_last_room_before_an_overload_does_not_raise_into_it",
        "site/balancing/test_house_traps.py::test_the_last_room_before_an_overload_does_not_raise_into_it",
    ),
    "a timer that is evaluated on state changes only never fires with a steady meter": (
        "core/balancing/test_balancer_traps.py::test_timer_fires_with_a_steady_meter",
        "site/balancing/test_charger_traps.py::test_a_timer_raises_the_car_though_the_meter_says_nothing_more",
    ),
    "the largest current of each charger is added whatever its phase": (
        "core/balancing/test_balancer_traps.py::test_three_one_phase_cars_on_three_phases_do_not_count_as_one_phase",
        "site/balancing/test_house_traps.py::test_three_one_phase_cars_on_three_phases_do_not_count_as_one_phase",
    ),
    "breakers that differ by phase": (
        "core/balancing/test_balancer.py::test_lines_with_different_breakers_are_each_held_to_their_own",
        "site/balancing/test_house_traps.py::test_breakers_that_differ_by_phase_each_hold_their_own_line",
    ),
    "unbalanced load between phases": (
        "core/balancing/headroom/test_branches.py::test_one_phase_cars_unbalance_a_circuit_and_three_phase_cars_do_not",
        "core/balancing/headroom/test_branches.py::test_a_line_that_carries_less_than_the_others_may_come_up_to_them_first",
        "site/circuits/test_unbalance.py::test_a_one_phase_car_is_held_to_the_unbalance_that_is_allowed_and_let_go_when_it_ends",
    ),
    # A limit from outside
    "three phases at 6 A are more than the 4.2 kW of a dimmed charger": (
        "core/balancing/headroom/test_branches.py::test_three_phases_at_235_volts_do_not_fit_in_a_dimmed_barn_and_one_does",
        "core/balancing/headroom/test_branches.py::test_a_dimmed_car_that_may_switch_takes_one_phase_instead_of_a_pause",
    ),
    "a dimmed charger is held to power from the grid, whatever the house has of its own": (
        "core/balancing/headroom/test_branches.py::test_power_of_the_house_to_spare_comes_on_top_of_what_the_grid_may_give",
        "core/balancing/headroom/test_branches.py::test_what_only_may_be_to_spare_is_no_right_to_the_grids_power",
    ),
    "a limit from outside that falls waits for a car that moves": (
        "core/balancing/headroom/test_branches.py::test_a_limit_that_falls_while_a_car_moves_holds_at_once",
    ),
    "a limit from outside that cannot be lifts the one that holds": (
        "core/balancing/limits/test_outside_limit.py::test_ten_times_what_a_circuit_carries_is_no_limit_of_it",
        "site/circuits/test_circuits.py::test_a_limit_that_cannot_be_lifts_none",
    ),
    "who is asked first keeps its current": (
        "core/balancing/test_balancer_traps.py::test_who_is_asked_first_does_not_keep_its_current",
        "site/balancing/test_house_traps.py::test_who_is_asked_first_does_not_keep_its_current",
    ),
    "a charger whose own measurement is wrong hides an overload": (
        "core/balancing/test_balancer_traps.py::test_dead_current_sensor_of_one_line_does_not_leave_that_line_unguarded",
        "core/balancing/test_balancer_traps.py::test_charger_that_says_too_much_does_not_keep_a_line_over_its_fuse",
        "site/balancing/test_house_traps.py::test_a_charger_that_says_too_much_does_not_keep_a_line_over_its_fuse",
    ),
    # The limit
    "our own 6 A are read back as a person's override": (
        "core/balancing/test_balancer_traps.py::test_own_six_amperes_read_back_are_no_override",
        "site/balancing/test_charger_traps.py::test_our_own_six_amperes_are_no_wish_of_the_owner",
    ),
    "a stopped session does not resume by a profile alone": (
        "core/balancing/test_balancer_traps.py::test_paused_car_resumes_by_a_new_command_not_by_the_limit_of_before",
        "site/balancing/test_charger_traps.py::test_a_paused_car_goes_on_by_the_switch_and_not_by_a_limit_alone",
    ),
    "limits between 0 and 6 A mean 0": (
        "core/balancing/test_balancer_traps.py::test_room_between_zero_and_six_means_zero",
        "core/balancing/test_balancer_fuzz.py::test_no_input_makes_a_limit_that_a_charger_does_not_take",
        "core/station/test_limiting.py::test_station_never_allows_more_than_was_asked_and_falls_back_when_renewals_stop",
        "chargers/test_control.py::test_a_limit_between_nothing_and_the_car_s_least_is_a_pause",
        "chargers/test_control_sequences.py::test_never_more_than_the_wish",
        "chaos/test_chaos.py::test_day_of_wrong_inputs_breaks_no_limit_misses_no_fault_and_loses_no_energy",
        "site/balancing/test_charger_traps.py::test_no_limit_lies_between_zero_and_the_least_of_a_car",
    ),
    "a charger starts at its own 16 A on plug-in, not at our last limit": (
        "core/balancing/test_balancer_traps.py::test_charger_that_starts_at_its_own_current_on_plug_in_is_told_at_once",
        "core/balancing/test_balancer_traps.py::test_charger_is_told_its_limit_anew_at_plug_in_though_it_is_the_same_as_before",
        "site/balancing/test_charger_traps.py::test_a_charger_that_starts_at_its_own_sixteen_amperes_is_lowered_at_once",
    ),
    "at plug-in, boot or reconnect a charger shows its own default, which is no override": (
        "core/balancing/test_override.py::test_chargers_own_default_is_no_override",
        "core/balancing/test_override.py::test_default_that_the_charger_showed_at_plug_in_is_no_wish_later_either",
        "site/balancing/test_charger_traps.py::test_a_charger_that_starts_at_its_own_sixteen_amperes_is_lowered_at_once",
    ),
    "limits of other controllers share the same number": (
        "core/balancing/test_override.py::test_other_controller_is_told_of_and_only_lowers",
        "site/balancing/test_overrides.py::test_another_controller_is_told_of_and_lowers_only",
        "site/balancing/test_overrides.py::test_charger_that_another_controller_sets_alone_is_only_watched",
    ),
    "a channel of our own where the charger has one": (
        "flows/test_proposal.py::test_limit_that_is_kept_for_who_balances_goes_before_the_one_that_everybody_sets",
        "presets/test_charge.py::test_every_command_becomes_the_call_that_the_integration_expects",
        "core/balancing/evse/test_offered.py::test_station_that_another_one_lowers_gives_its_share_to_the_others_and_has_it_back_later",
    ),
    "a limit in flash is worn out by balancing": (
        "flows/test_controls.py::test_limit_in_flash_is_said_not_to_be_used",
        "presets/test_told.py::test_limit_that_is_kept_in_flash_is_told_and_marked",
        "site/balancing/test_phases.py::test_limit_in_flash_is_never_set_and_the_charger_is_on_or_off",
    ),
    "limit and enable sit on different devices, or are actions with data": (
        "chargers/test_bindings.py::test_limit_and_pause_of_the_car_and_of_the_wallbox_work_together",
        "chargers/test_bindings.py::test_an_action_is_called_with_the_limit_and_the_phases_filled_in",
        "site/test_bindings.py::test_charger_of_actions_is_balanced_paused_and_left_at_its_fallback",
        "site/test_bindings.py::test_limit_of_the_car_and_pause_of_the_wallbox_follow_their_entities",
    ),
    "control is neither a number nor a switch": (
        "chargers/test_bindings.py::test_a_select_takes_the_greatest_option_that_allows_no_more",
        "chargers/test_bindings.py::test_two_buttons_are_pressed_and_show_nothing_but_by_a_readback",
        "chargers/test_bindings.py::test_a_lock_holds_the_charge_back",
        "chargers/test_bindings.py::test_a_number_of_any_unit_takes_a_limit_and_shows_it",
        "chargers/test_bindings.py::test_what_is_told_never_allows_more_than_the_wish",
    ),
    "a charger without any control, whose car takes the commands": (
        "presets/test_flow.py::test_car_takes_the_commands_that_its_wall_connector_does_not_take",
    ),
    "commands that come too fast": (
        "chargers/test_control.py::test_a_higher_limit_keeps_the_least_interval_and_a_lower_one_does_not",
    ),
    "a lower limit waits behind a higher one that hangs": (
        "chargers/test_control.py::test_a_lower_limit_does_not_wait_for_a_higher_one_that_hangs",
    ),
    # Phases
    "phases are switched a dozen times an hour": (
        "core/balancing/evse/test_phase_guard.py::test_no_hour_ever_has_more_switches_than_it_may",
        "site/balancing/test_phases.py::test_a_switch_before_a_restart_counts_against_one_after_it",
    ),
    "a charger is paused again and again all day": (
        "core/balancing/sharing/test_pause_delay.py::test_load_of_half_a_minute_that_reaches_into_the_margin_stops_no_car",
        "core/balancing/test_plugged_together.py::test_who_has_begun_is_not_paused_while_the_least_of_all_fits",
        "core/balancing/evse/test_pause_count.py::test_house_that_pauses_the_car_all_day_does_so_a_bounded_number_of_times",
        "site/test_reload.py::test_pauses_are_counted_over_a_restart",
    ),
    "single phase is not always L1": (
        "core/balancing/test_balancer.py::test_single_phase_is_not_always_l1",
        "core/balancing/test_balancer.py::test_rotated_charger_is_held_by_the_site_line_that_it_hangs_on",
        "site/balancing/test_charger_traps.py::test_a_one_phase_car_on_l2_is_lowered_for_l2_only",
        (
            "site/balancing/test_wirings.py::test_a_load_lowers_the_car_on_the_same_reading_where_it_shares_a_line_and_only_there"
        ),
    ),
    # Meters
    "an unavailable meter leaves the car where it is": (
        "core/balancing/test_balancer_meter.py::test_unavailable_meter_lowers_to_the_fallback_within_the_time_out_and_not_before",
        "site/balancing/test_charger_traps.py::test_an_unavailable_meter_brings_the_fallback_within_its_time_out",
        "site/balancing/test_charger_traps.py::test_one_line_that_is_lost_loses_the_meter",
    ),
    "an unavailable meter floods the log": (
        "site/test_log_flood.py::test_an_unavailable_meter_is_told_once_however_often_its_entities_change",
        "site/test_log_flood.py::test_a_meter_that_comes_and_goes_each_second_floods_no_log",
    ),
    "a frozen meter is noticed by nobody": (
        "core/balancing/test_balancer_meter.py::test_frozen_meter_is_seen_when_our_own_draw_changes_and_its_values_do_not",
        "core/balancing/test_asking.py::test_meter_of_a_new_site_is_asked_once_it_stands_still_for_longer_than_was_ever_seen",
        "site/balancing/test_charger_traps.py::test_a_meter_that_freezes_at_a_new_site_is_asked_and_given_up_within_a_minute",
        "core/balancing/test_meter_paces.py::test_meter_of_any_pace_that_freezes_is_missed_within_its_time_out_once_our_draw_changes",
        "site/balancing/test_charger_traps.py::test_a_frozen_meter_that_is_rewritten_again_and_again_is_no_meter",
    ),
    "a dead meter whose integration rewrites what it has looks fresh": (
        (
            "core/balancing/test_balancer_meter.py::"
            "test_frozen_meter_that_is_rewritten_is_seen_within_three_minutes_without_any_change_of_ours"
        ),
        "core/balancing/test_balancer_meter.py::test_values_that_are_shown_anew_do_not_keep_a_meter_alive_whose_heartbeat_stopped",
        "site/balancing/test_charger_traps.py::test_a_frozen_meter_that_is_rewritten_again_and_again_is_no_meter",
    ),
    "a steady meter that reports changes only looks dead": (
        "core/balancing/test_balancer_meter.py::test_meter_that_reports_changes_only_is_recognised_and_given_time",
        "core/balancing/test_balancer_meter.py::test_another_entity_of_the_meters_device_shows_that_it_lives",
        "meters/test_entities.py::test_a_steady_meter_is_alive_while_its_other_sensors_report",
        "site/balancing/test_charger_traps.py::test_a_timer_raises_the_car_though_the_meter_says_nothing_more",
    ),
    "a single line of the meter stands still": (
        (
            "core/balancing/test_balancer_meter.py::"
            "test_line_that_stands_still_while_the_others_move_is_found_out_when_our_draw_on_it_changes"
        ),
        "core/balancing/meter/test_line_and_late_charger.py::test_line_that_froze_is_found_out_by_a_charger_that_tells_late",
    ),
    "what the cars take more behind a meter that stands still looks like a roof's": (
        "core/balancing/meter/test_flow_back.py::test_a_meter_that_dies_as_a_car_begins_lets_it_have_no_more_than_the_breaker",
    ),
    "a quiet house behind a coarse meter looks frozen": (
        "core/balancing/test_asking.py::test_coarse_meter_in_a_quiet_house_is_asked_by_a_step_and_never_given_up",
        "core/balancing/test_asking.py::test_frozen_meter_does_not_answer_and_is_given_up_as_soon_as_ever",
    ),
    "an equal report is no report": ("meters/test_entities.py::test_an_equal_report_is_a_reading_of_its_own",),
    "restored values count as news after a start": (
        "core/balancing/test_balancer_meter.py::test_restored_values_do_not_count",
        "site/balancing/test_charger_traps.py::test_a_meter_that_was_restored_at_the_start_is_not_believed",
        "site/balancing/test_charger_traps.py::test_a_timer_raises_the_car_though_the_meter_repeats_the_same_value",
    ),
    "a meter that is back is trusted at once": (
        "core/balancing/test_balancer_meter.py::test_recovery_of_the_meter_is_met_with_patience",
        "site/balancing/test_charger_traps.py::test_a_meter_that_comes_back_is_trusted_again_and_the_car_is_raised_with_patience",
    ),
    "a value that cannot be is taken for a reading": (
        "core/balancing/test_balancer_traps.py::test_absurd_values_are_no_reading",
        "core/balancing/meter/test_grid.py::test_wrong_unit_or_wrong_number_of_lines_is_not_plausible",
        "site/balancing/test_house_traps.py::test_a_value_that_cannot_be_is_no_reading",
    ),
    "a meter that is quicker than the charger's samples shows our own car as the house": (
        (
            "core/balancing/test_balancer_traps.py::"
            "test_meter_that_is_quicker_than_the_chargers_samples_does_not_take_our_cars_start_for_the_houses"
        ),
    ),
    "total power hides a full line": (
        "core/balancing/test_balancer.py::test_total_power_alone_puts_the_whole_house_on_the_worst_line",
        "core/balancing/test_balancer.py::test_owners_reserve_stands_in_for_the_worst_line_but_never_below_the_mean",
        "site/balancing/test_charger_traps.py::test_total_power_is_taken_as_if_all_of_it_were_on_the_worst_line",
    ),
    "unsigned current with solar counts export as load": (
        "core/balancing/meter/test_grid.py::test_unsigned_currents_count_as_load_where_nothing_tells_the_direction",
        "core/balancing/meter/test_grid.py::test_total_power_tells_which_lines_export",
        "site/balancing/test_house_traps.py::test_export_that_a_meter_shows_without_a_sign_is_no_load_where_the_total_tells_it",
    ),
    "power over voltage tells less than the current": (
        "core/balancing/test_balancer.py::test_power_tells_less_than_the_current_so_the_house_is_taken_for_more",
        "site/balancing/test_house_traps.py::test_power_over_voltage_tells_less_than_the_current_and_the_house_is_taken_for_more",
    ),
    # When nobody balances
    "an offline OCPP station goes on with its profile": (
        "core/station/test_limiting.py::test_s1_limit_now_and_the_fallback_ten_minutes_later_in_one_absolute_profile",
        "chargers/ocpp/test_control_live.py::test_s5_fallback_is_proved_by_a_car_that_comes_down_by_itself",
        "chargers/ocpp/test_control_live.py::test_s5_station_that_keeps_the_first_period_for_ever_fails_the_proof",
    ),
    "a limit with an end runs out while all is well": (
        "chargers/ocpp/test_control.py::test_s1_limit_is_renewed_at_half_time_for_as_long_as_there_is_a_car",
        "chargers/ocpp/test_control.py::test_commands_are_counted_and_no_state_is_taken_for_our_own",
    ),
    "where only the station's own bound works, its end means no bound": (
        "core/station/test_limiting.py::test_bound_that_would_end_as_no_bound_does_not_end",
    ),
    "a station's clock is not ours": (
        "chargers/ocpp/test_control.py::test_s2_limit_is_set_again_when_the_station_s_clock_turns_out_to_be_another",
    ),
    "a stop, a reload or an update leaves chargers at their last limit": (
        "site/balancing/test_charger_traps.py::test_unloading_leaves_the_charger_at_its_fallback",
        "chargers/test_control.py::test_at_shutdown_the_fallback_is_set_before_other_integrations_close",
        "chargers/ocpp/test_control.py::test_s5_stop_of_home_assistant_leaves_this_and_later_transactions_at_the_fallback",
    ),
    "fallbacks together are more than the fuse": (
        "core/balancing/circuits/test_fallback.py::test_third_charger_pauses_and_it_is_the_one_of_least_priority",
        (
            "core/balancing/circuits/test_fallback.py::"
            "test_charger_that_keeps_its_limit_counts_with_its_own_switch_when_home_assistant_is_gone"
        ),
        "site/circuits/test_fallbacks.py::test_second_charger_is_left_at_a_pause_where_the_fuse_carries_one",
    ),
    # Cars and chargers
    "a charger that ignores its limit counts as if it obeyed": (
        "core/balancing/test_balancer_traps.py::test_charger_that_ignores_its_limit_counts_with_what_it_draws",
        "site/balancing/test_charger_traps.py::test_a_charger_that_ignores_its_limit_counts_with_what_it_draws_and_is_told_of",
    ),
    "a charger that is offline while it charges counts as nothing": (
        "core/balancing/test_balancer_traps.py::test_offline_charger_keeps_its_share_and_might_take_all",
        "core/balancing/test_balancer_traps.py::test_offline_charger_whose_draw_nobody_knows_counts_with_its_maximum",
        "site/balancing/test_house_traps.py::test_a_charger_that_is_offline_while_it_charges_does_not_count_as_nothing",
    ),
    "a car sleeps after a pause": (
        "core/balancing/evse/test_wake.py::test_car_that_takes_nothing_after_a_pause_is_woken_and_charges",
        "core/balancing/evse/test_wake.py::test_car_that_does_not_wake_is_told_of_and_left_in_peace",
        "site/evse/test_wake.py::test_a_sleeping_car_is_switched_off_and_on_again_and_charges",
        "site/evse/test_wake.py::test_a_car_that_does_not_wake_is_told_of",
    ),
    "a hob that comes back meets a car that was just raised": (
        "site/balancing/test_charger_traps.py::test_a_hob_that_comes_back_finds_the_car_low",
    ),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_trap_has_its_tests(trap: str) -> None:
    for place in TRAPS[trap]:
        path, _, name = place.partition("::")
        text = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert f"def {name}(" in text, place
