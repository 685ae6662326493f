using Squad.Platform.Accounts;
using Squad.Platform.Git;

namespace Squad.Api.Git;

/// <summary>Who may read and write which repository.</summary>
public interface IRepositoryAccess
{
    /// <summary>
    /// The repository's name as it was created, if <paramref name="user"/> may read it, or push to it when <paramref name="write"/>.
    /// <see cref="ErrorKind.NotFound"/> when there is none or the user may not know of it; <see cref="ErrorKind.Forbidden"/> when he may read but not push.
    /// <paramref name="owner"/> and <paramref name="name"/> come from the URL and are not checked.
    /// </summary>
    Task<Result<RepositoryName>> ResolveAsync(UserIdentity user, string owner, string name, bool write, CancellationToken cancellation = default);
}

/// <summary>Hears about changes that git clients make.</summary>
public interface IRepositoryEvents
{
    /// <summary>
    /// A push ended well; refs may have changed. The push's client waits for it. May be called when nothing changed, and more than once.
    /// </summary>
    Task RefsChangedAsync(string owner, string name);
}
