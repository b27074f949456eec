namespace Polydev.Broker.Commands;

internal static class BrokerPaths
{
    public const string DataVariable = "POLYDEV_DATA";

    /// <summary><c>POLYDEV_DATA</c>, else a folder of this user's own, such as <c>~/.local/share/polydev</c>.</summary>
    public static string DefaultData => Environment.GetEnvironmentVariable(DataVariable) is { Length: > 0 } chosen
        ? chosen
        : Path.Combine(LocalData, "polydev");

    // Without DoNotVerify the answer is empty on a machine where nothing has made ~/.local/share yet.
    private static string LocalData =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
}
