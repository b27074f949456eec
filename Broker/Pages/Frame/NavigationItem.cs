using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Pages.Frame;

/// <summary>One place of the side bar.</summary>
/// <param name="Icon">A name of <see cref="Parts.Icon"/>.</param>
/// <param name="IsLate">On a narrow screen it stands under "More".</param>
public sealed record NavigationItem(string Title, string Path, string Icon, bool IsLate = false)
{
    public static IReadOnlyList<NavigationItem> All { get; } =
    [
        new("Overview", PagePaths.Overview, "overview"),
        new("Keys", PagePaths.Keys, "key"),
        new("Usage", PagePaths.Usage, "usage"),
        new("Calls", PagePaths.Calls, "calls"),
        new("Machines", PagePaths.Machines, "machine", IsLate: true),
        new("Connect", PagePaths.Connect, "connect", IsLate: true),
        new("Settings", PagePaths.Settings, "settings", IsLate: true),
    ];
}
