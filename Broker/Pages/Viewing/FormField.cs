namespace Polydev.Broker.Pages.Viewing;

/// <summary>What every form of ours bears, so that no other site can send one: a field of the page that it stands in.</summary>
public sealed record FormField(string Name, string Value);
