namespace Polydev.Broker.Pages.Charts;

/// <summary>One call in a chart.</summary>
/// <param name="Provider">The CLI; empty where none was found.</param>
/// <param name="Title">Model and key, for who points at it.</param>
/// <param name="FirstTokenMilliseconds">Null where there was no text.</param>
/// <param name="Failure">What it failed of: "504 Timed out"; null: it did not fail.</param>
public sealed record ChartedCall(DateTimeOffset At, string Provider, string Title, long? FirstTokenMilliseconds, string? Failure);
