using Polydev.Broker.Calls;

namespace Polydev.Broker.Tests.Calls;

internal static class StoredCalls
{
    /// <summary>Of every page.</summary>
    public static async Task<List<RecordedCall>> AllAsync(this IUsageStore store, CallQuery query)
    {
        var all = new List<RecordedCall>();
        for (var next = query; ;)
        {
            var page = await store.ListAsync(next, default);
            all.AddRange(page.Calls);
            if (page.Next is null)
            {
                return all;
            }

            next = next with { After = page.Next };
        }
    }
}
