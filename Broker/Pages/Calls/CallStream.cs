using System.Runtime.CompilerServices;
using Polydev.Broker.Calls;

namespace Polydev.Broker.Pages.Calls;

internal static class CallStream
{
    /// <summary>The newest first, page by page: however many they are, only a page is held.</summary>
    /// <param name="most">No more than so many.</param>
    public static async IAsyncEnumerable<RecordedCall> ReadAsync(
        this IUsageStore store, CallQuery query, int most, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var page = query with { PageSize = CallQuery.LargestPage };
        for (var left = most; left > 0;)
        {
            var read = await store.ListAsync(page, cancellationToken);
            foreach (var call in read.Calls.Take(left))
            {
                yield return call;
            }

            left -= read.Calls.Count;
            if (read.Next is null)
            {
                break;
            }

            page = page with { After = read.Next };
        }
    }
}
