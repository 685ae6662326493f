using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Squad.Platform.Sandboxes.Docker;

/// <summary>Opens connections to a daemon: Unix socket, TCP, or TCP with TLS and a client certificate.</summary>
internal static class DockerTransport
{
    /// <exception cref="System.Security.Cryptography.CryptographicException">A certificate file holds none.</exception>
    public static HttpClient Open(DockerEndpoint endpoint, DockerOptions options)
    {
        var address = endpoint.Address;
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            // Long-lived waits and attachments have connections of their own beside the short calls'.
            MaxConnectionsPerServer = int.MaxValue,
        };
        if (endpoint.Socket is { } path)
        {
            handler.ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            };
        }
        else
        {
            if (options.Certificate is { } certificate)
            {
                // tcp:// with certificates means TLS, as the docker command understands it.
                address = new UriBuilder(address) { Scheme = Uri.UriSchemeHttps }.Uri;
                handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, options.CertificateKey)];
            }
            if (options.CertificateAuthority is { } authority)
                handler.SslOptions.RemoteCertificateValidationCallback = Trusting(authority);
        }
        var client = new HttpClient(handler) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("Squad", "1"));
        return client;
    }

    private static RemoteCertificateValidationCallback Trusting(string authorityFile)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(authorityFile);
        return (_, presented, _, errors) =>
        {
            // A wrong name, or no certificate at all, stays wrong whoever signed it.
            if (presented is not X509Certificate2 certificate || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0)
                return false;
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            return chain.Build(certificate);
        };
    }
}
