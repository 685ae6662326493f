# What a session's engine finds in its sandbox, without Keeper: changes seldom, so it is an image of its own (squad-session-base).
# eng/image.sh makes the same from Debian's packages where this base cannot be pulled; keep the two in step (images/session/setup.sh is shared).
FROM debian:bookworm-slim
COPY packages setup.sh /tmp/base/
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(cat /tmp/base/packages) \
 && sh /tmp/base/setup.sh \
 && rm -rf /tmp/base
ENV LANG=C.UTF-8 HOME=/home/squad
WORKDIR /workspace
USER 1000:1000
