namespace Polydev.Broker.Pages.Viewing;

/// <summary>Where the pages are.</summary>
internal static class PagePaths
{
    public const string Overview = "/";
    public const string Keys = "/keys";
    public const string Usage = "/usage";
    public const string Calls = "/calls";
    public const string Machines = "/machines";
    public const string Connect = "/connect";
    public const string Settings = "/settings";
    public const string SignOut = "/sign-out";

    /// <summary>Of one machine: what callers may use there; its name, as a form; what it ends, with a form to do so.</summary>
    public const string MachineUsage = "/machines/{id}/usage";
    public const string MachineName = "/machines/{id}/name";
    public const string MachineRevocation = "/machines/{id}/revoke";

    /// <summary>Public: whether the broker answers.</summary>
    public const string Status = "/status";

    /// <summary>The live parts of a page, as server-sent events: <c>/live?page=overview</c>.</summary>
    public const string Live = "/live";

    public static string Key(string id) => $"{Keys}/{id}";

    /// <summary>The calls of one key.</summary>
    public static string CallsOfKey(string id) => $"{Calls}?key={id}";
}
