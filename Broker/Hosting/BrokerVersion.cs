namespace Polydev.Broker.Hosting;

/// <summary>This build's version: <c>0.1.0</c>.</summary>
internal static class BrokerVersion
{
    public static string Text { get; } = typeof(BrokerVersion).Assembly.GetName().Version!.ToString(3);
}
